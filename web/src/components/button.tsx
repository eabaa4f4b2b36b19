import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components';

export interface ButtonProps extends Omit<AriaButtonProps, 'children' | 'className' | 'style'> {
  kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  size?: 'normal' | 'small' | 'icon';
  children: ReactNode;
}

export function Button({ kind = 'plain', size = 'normal', ...props }: ButtonProps) {
  return <AriaButton {...props} className="button" data-kind={kind} data-size={size} />;
}
