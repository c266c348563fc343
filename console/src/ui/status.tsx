import { Group, Loader, Text } from '@mantine/core';

/** What a state means for the person who looks at it. */
export type Mood = 'good' | 'working' | 'bad' | 'idle';

const colours: Record<Mood, string> = {
  good: 'var(--mantine-color-teal-6)',
  working: 'var(--mantine-primary-color-filled)',
  bad: 'var(--mantine-color-red-6)',
  idle: 'var(--mantine-color-gray-5)',
};

/** A state: a word, and a dot that says the same to whoever sees colours. */
export function Status({ mood, children }: { readonly mood: Mood; readonly children: string }) {
  return (
    <Group gap={8} wrap="nowrap" display="inline-flex">
      {mood === 'working' ? (
        <Loader size={12} aria-hidden />
      ) : (
        <span
          aria-hidden
          style={{ width: 9, height: 9, borderRadius: 9, background: colours[mood], flex: 'none', display: 'block' }}
        />
      )}
      <Text span size="sm" fw={500} style={{ whiteSpace: 'nowrap' }}>
        {children}
      </Text>
    </Group>
  );
}
