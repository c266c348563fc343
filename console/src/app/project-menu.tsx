import { Button, Menu } from '@mantine/core';
import { IconCheck, IconChevronDown, IconFolder } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { chooseProject, projectsQuery, type Session } from '../api/session.ts';
import { useTexts } from './language.tsx';
import { queryClient } from './queries.ts';
import { shellTexts } from './texts.ts';

/** The project in which everything happens, and the others that the person may go to. */
export function ProjectMenu({ session }: { readonly session: Session }) {
  const t = useTexts(shellTexts);
  const { data: projects = [] } = useQuery(projectsQuery);
  const choose = useMutation({ mutationFn: chooseProject, onSuccess: () => queryClient.invalidateQueries() });
  const name = session.project?.name ?? t.noProject;
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          px="xs"
          fw={500}
          loading={choose.isPending}
          leftSection={<IconFolder size={18} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          aria-label={`${t.project} ${name}`}
          maw={{ base: 130, sm: 260 }}
        >
          {name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t.project}</Menu.Label>
        {projects.map(({ id, name: title }) => (
          <Menu.Item
            key={id}
            onClick={() => choose.mutate(id)}
            rightSection={id === session.project?.id ? <IconCheck size={16} /> : null}
          >
            {title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
