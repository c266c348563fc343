import { Table as MantineTable, Paper, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';

interface TableProps {
  /** What the table lists, for whoever does not see it. */
  readonly label: string;
  readonly columns: readonly string[];
  /** What the buttons of the last column do, when there is one. */
  readonly actions?: string;
  readonly children: ReactNode;
}

/** Rows of things; on a phone it scrolls sideways rather than the page. */
export function Table({ label, columns, actions, children }: TableProps) {
  return (
    <Paper withBorder radius="lg" style={{ overflow: 'hidden' }}>
      <MantineTable.ScrollContainer
        minWidth={columns.length * 130}
        scrollAreaProps={{
          offsetScrollbars: false,
          viewportProps: { tabIndex: 0, role: 'region', 'aria-label': label },
        }}
      >
        <MantineTable
          aria-label={label}
          verticalSpacing="sm"
          horizontalSpacing="md"
          highlightOnHover
          highlightOnHoverColor="var(--mantine-color-default-hover)"
        >
          <MantineTable.Thead>
            <MantineTable.Tr>
              {columns.map((column) => (
                <MantineTable.Th key={column}>{column}</MantineTable.Th>
              ))}
              {actions !== undefined && (
                <MantineTable.Th>
                  <VisuallyHidden>{actions}</VisuallyHidden>
                </MantineTable.Th>
              )}
            </MantineTable.Tr>
          </MantineTable.Thead>
          <MantineTable.Tbody>{children}</MantineTable.Tbody>
        </MantineTable>
      </MantineTable.ScrollContainer>
    </Paper>
  );
}

export const Row = MantineTable.Tr;
export const Cell = MantineTable.Td;
