import type { ReactNode } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover, type Selection } from 'react-aria-components';
import { Button } from './button.tsx';
import { Icon } from './icons.tsx';
import { popoverPlace } from './popover-place.ts';

interface ChoicesMenuProps {
  label: string;
  items: readonly { id: string; label: string }[];
  chosen: readonly string[];
  onChoose: (chosen: string[]) => void;
}

/** A menu in which several can be chosen. */
export function ChoicesMenu({ label, items, chosen, onChoose }: ChoicesMenuProps) {
  const change = (selection: Selection) =>
    onChoose(items.map(({ id }) => id).filter((id) => selection === 'all' || selection.has(id)));
  return (
    <MenuTrigger>
      <MenuButton>{label}</MenuButton>
      <Popover UNSTABLE_portalContainer={popoverPlace()} className="popover" placement="bottom end">
        <Menu
          className="menu"
          aria-label={label}
          items={items}
          selectionMode="multiple"
          selectedKeys={chosen}
          onSelectionChange={change}
        >
          {(item) => (
            <MenuItem className="menu-item" textValue={item.label}>
              {item.label}
            </MenuItem>
          )}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

const MenuButton = ({ children }: { children: ReactNode }) => (
  <Button>
    {children} <Icon name="chevron" />
  </Button>
);
