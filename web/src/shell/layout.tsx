import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Dialog, Modal, ModalOverlay } from 'react-aria-components';
import { Link, useLocation } from 'wouter';
import { apiReached, tokenRefusal } from '../api/access.ts';
import { useLive } from '../api/use-live.ts';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icons.tsx';
import { Toasts } from '../components/toasts.tsx';
import { extensions } from '../pipelines/index.ts';
import { FindField } from './find-field.tsx';
import { Help } from './help.tsx';
import { LiveMark } from './live-mark.tsx';
import { Navigation } from './navigation.tsx';
import { scopeOf } from './scope.ts';
import { useShortcuts } from './shortcuts.ts';
import { ThemeButton } from './theme-button.tsx';
import { TokenGate } from './token-gate.tsx';

/** What is around every view: navigation, search, and what is told of the page as a whole. */
export function Layout({ children }: { children: ReactNode }) {
  const [path] = useLocation();
  const main = useFocusOnNewView(path);
  const refusal = tokenRefusal.use();
  useLive(scopeOf(path));
  return (
    <div className="shell">
      <a className="skip" href="#main">
        To the content
      </a>
      <TopBar path={path} />
      <aside className="sidebar">
        <Navigation />
      </aside>
      <main id="main" className="main" ref={main} tabIndex={-1}>
        <AwayBanner />
        {refusal === null ? children : <TokenGate refusal={refusal} />}
      </main>
      {extensions.map(({ everywhere: Everywhere }) => Everywhere && <Everywhere key={Everywhere.name} />)}
      <Toasts />
    </div>
  );
}

function TopBar({ path }: { path: string }) {
  return (
    <header className="topbar">
      <NavigationDrawer key={path} />
      <Link href="/" className="brand" aria-label="Switchyard, overview">
        <img src="/icon.svg" alt="" />
        <span>Switchyard</span>
      </Link>
      <FindField />
      <div className="end">
        <LiveMark />
        <HelpButton />
        <ThemeButton />
      </div>
    </header>
  );
}

/** On narrow screens. It closes when another view is chosen, for it is made anew with each. */
function NavigationDrawer() {
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="menu-button">
      <Button kind="quiet" size="icon" aria-label="Views" onPress={() => setOpen(true)}>
        <Icon name="menu" />
      </Button>
      <ModalOverlay className="drawer-overlay" isOpen={isOpen} onOpenChange={setOpen} isDismissable>
        <Modal className="drawer">
          <Dialog aria-label="Views">
            <Navigation />
          </Dialog>
        </Modal>
      </ModalOverlay>
    </div>
  );
}

function HelpButton() {
  const [isOpen, setOpen] = useState(false);
  useShortcuts(() => setOpen(true));
  return (
    <span className="help-button">
      <Button kind="quiet" size="icon" aria-label="Keys" onPress={() => setOpen(true)}>
        <Icon name="keyboard" />
      </Button>
      <Help isOpen={isOpen} onClose={() => setOpen(false)} />
    </span>
  );
}

function AwayBanner() {
  return apiReached.use() ? null : (
    <p className="banner" role="alert">
      The API is away. What you see is what it said last; it is asked again until it answers.
    </p>
  );
}

/** Tells screen readers of another view: the focus goes to its beginning. */
function useFocusOnNewView(path: string) {
  const main = useRef<HTMLElement>(null);
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [path]);
  return main;
}
