import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { type List as ListOf, pagesOf } from '../api/list.ts';
import { useTexts } from '../app/language.tsx';
import { Loaded } from './loaded.tsx';
import { Cell, Row, Table } from './table.tsx';
import { uiTexts } from './texts.ts';

interface ListProps<T> {
  readonly list: ListOf<T>;
  /** What it lists, for whoever does not see it. */
  readonly label: string;
  /** The words by which an item is found. */
  readonly wordsOf: (item: T) => string;
  /** Said where there is nothing. */
  readonly empty: ReactNode;
  readonly children: (items: readonly T[]) => ReactNode;
}

/** Fewer are seen at one glance. */
const worthSearching = 6;

/** A list of the cloud or the market: loading, empty, failed or there; searched, and longer when asked for. */
export function List<T>({ list, label, wordsOf, empty, children }: ListProps<T>) {
  const t = useTexts(uiTexts);
  const pages = useInfiniteQuery(pagesOf(list));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  const [search, setSearch] = useState('');
  const wanted = folded(search.trim());

  // Not every API searches, and none by more than the name: what is looked for is found in the whole list.
  useEffect(() => {
    if (wanted !== '' && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [wanted, hasNextPage, isFetchingNextPage, fetchNextPage]);

  return (
    <Loaded query={pages}>
      {({ pages: loaded }) => {
        const items = loaded.flatMap((page) => page.items);
        if (items.length === 0) return empty;
        const found = wanted === '' ? items : items.filter((item) => folded(wordsOf(item)).includes(wanted));
        return (
          <Stack gap="sm">
            {(items.length >= worthSearching || search !== '') && (
              <TextInput
                type="search"
                aria-label={t.searchIn(label)}
                placeholder={t.search}
                leftSection={<IconSearch size={16} aria-hidden />}
                maw={360}
                value={search}
                onChange={({ currentTarget }) => setSearch(currentTarget.value)}
              />
            )}
            {found.length > 0 && children(found)}
            <Group justify="space-between" mih={20}>
              <Text size="sm" c="dimmed" role="status">
                {wanted !== '' && found.length === 0 && !hasNextPage ? t.nothingFound(search.trim()) : ''}
                {wanted === '' && hasNextPage ? t.shown(items.length) : ''}
              </Text>
              {hasNextPage && (
                <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                  {t.more}
                </Button>
              )}
            </Group>
          </Stack>
        );
      }}
    </Loaded>
  );
}

/** Without accents and capitals: `reseau` finds `Réseau`. */
function folded(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** A column of a list: its title, and what it says of an item. */
export interface Column<T> {
  readonly title: string;
  readonly cell: (item: T) => ReactNode;
  /** Figures stand one below the other. */
  readonly tabular?: boolean;
}

interface ListTableProps<T> extends Omit<ListProps<T>, 'children'> {
  readonly columns: readonly Column<T>[];
  readonly idOf: (item: T) => string;
  /** The buttons at the end of a row, and what they are for. */
  readonly actions?: { readonly title: string; readonly cell: (item: T) => ReactNode };
}

/** A list as a table, a row an item. */
export function ListTable<T>({ columns, idOf, actions, ...list }: ListTableProps<T>) {
  return (
    <List {...list}>
      {(items) => (
        <Table
          label={list.label}
          columns={columns.map(({ title }) => title)}
          {...(actions === undefined ? {} : { actions: actions.title })}
        >
          {items.map((item) => (
            <Row key={idOf(item)}>
              {columns.map(({ title, cell, tabular }) => (
                <Cell key={title} className={tabular === true ? 'tabular' : undefined}>
                  {cell(item)}
                </Cell>
              ))}
              {actions !== undefined && <Cell ta="right">{actions.cell(item)}</Cell>}
            </Row>
          ))}
        </Table>
      )}
    </List>
  );
}
