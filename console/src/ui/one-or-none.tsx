import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError } from '../api/http.ts';
import { Empty } from './empty.tsx';
import { ButtonLink } from './links.tsx';
import { Loaded } from './loaded.tsx';
import { Page } from './page.tsx';

interface OneOrNoneProps<T> {
  readonly query: UseQueryResult<T>;
  readonly id: string;
  /** Of the list that it would be in, and where that is. */
  readonly title: string;
  readonly list: '/servers' | '/volumes' | '/security-groups' | '/organisations';
  /** Said when there is no such thing, or no longer. */
  readonly none: string;
  readonly icon: ReactNode;
  readonly children: (found: T) => ReactNode;
}

/** The page of one thing; where there is none, the way back to the list. */
export function OneOrNone<T>({ query, id, title, list, none, icon, children }: OneOrNoneProps<T>) {
  if (!(query.error instanceof ApiError && query.error.status === 404))
    return <Loaded query={query}>{children}</Loaded>;
  return (
    <Page title={title}>
      <Empty icon={icon} title={none} action={<ButtonLink to={list}>{title}</ButtonLink>}>
        {id}
      </Empty>
    </Page>
  );
}
