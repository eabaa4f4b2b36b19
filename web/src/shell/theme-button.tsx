import { Button } from '../components/button.tsx';
import { Icon } from '../components/icons.tsx';
import { chooseTheme, theme } from './theme.ts';

const next = { system: 'light', light: 'dark', dark: 'system' } as const;
const icons = { system: 'system', light: 'sun', dark: 'moon' } as const;

/** From the system's colours to light, to dark, and back. */
export function ThemeButton() {
  const chosen = theme.use();
  const label = `Colours: ${chosen}. Change to ${next[chosen]}`;
  return (
    <Button kind="quiet" size="icon" aria-label={label} onPress={() => chooseTheme(next[chosen])}>
      <Icon name={icons[chosen]} />
    </Button>
  );
}
