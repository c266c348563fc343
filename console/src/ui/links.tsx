import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes } from 'react';

type Rest<Own> = Own & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof Own>;

/** A link to a page of the console. */
export const AnchorLink = createLink((props: Rest<AnchorProps>) => <Anchor {...props} />);

/** The same, that looks like a button. */
export const ButtonLink = createLink((props: Rest<ButtonProps>) => <Button component="a" {...props} />);
