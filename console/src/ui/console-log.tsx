import { ActionIcon, ScrollArea, Text, Tooltip } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { consoleLog } from '../api/compute.ts';
import { useTexts } from '../app/language.tsx';
import { Loaded } from './loaded.tsx';
import { Section } from './section.tsx';
import { uiTexts } from './texts.ts';

const lines = 200;

// Terminal colours and cursor movements, which a log has no use for.
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one.
const escapes = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b[@-Z\\-_]|\r(?=\n)|[\u0000-\u0008\u000b\u000c\u000e-\u001a]/g;

/** What the server says while it starts. */
export function ConsoleLog({ serverId }: { readonly serverId: string }) {
  const t = useTexts(uiTexts);
  const log = useQuery({ queryKey: ['console-log', serverId], queryFn: () => consoleLog(serverId, lines) });
  return (
    <Section
      title={t.consoleLog}
      actions={
        <Tooltip label={t.refresh}>
          <ActionIcon
            variant="default"
            size="lg"
            aria-label={t.refresh}
            loading={log.isFetching}
            onClick={() => void log.refetch()}
          >
            <IconRefresh size={18} />
          </ActionIcon>
        </Tooltip>
      }
    >
      <Loaded query={log}>
        {(text) =>
          text.trim() === '' ? (
            <Text c="dimmed">{t.noLog}</Text>
          ) : (
            <ScrollArea.Autosize
              mah={360}
              className="log"
              viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': t.consoleLog }}
            >
              <pre>{text.replaceAll(escapes, '')}</pre>
            </ScrollArea.Autosize>
          )
        }
      </Loaded>
    </Section>
  );
}
