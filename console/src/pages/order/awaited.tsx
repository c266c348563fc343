import { Button, List, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { Approval } from '../../../../src/client/market.ts';
import { withdraw } from '../../api/approvals.ts';
import { sessionQuery } from '../../api/session.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Failure } from '../../ui/failure.tsx';
import { AnchorLink } from '../../ui/links.tsx';
import { Section } from '../../ui/section.tsx';
import { awaitedTexts } from '../approvals/texts.ts';

/** Whose agreement an order waits for, and what those said who were asked. */
export function Awaited({ approval }: { readonly approval: Approval }) {
  const t = useTexts(awaitedTexts);
  const format = useFormat();
  const { amount, waitsFor, decisions, state, expiresAt } = approval;
  return (
    <Section
      title={state === 'waiting' ? t.title : t.decided}
      actions={state === 'waiting' && <Withdraw approval={approval} />}
    >
      <Stack gap="xs">
        {amount !== null && <Text size="sm">{t.most(format.money(amount))}</Text>}
        <List size="sm" spacing={4}>
          {decisions.map(({ userName, decision, note }) => (
            <List.Item key={userName}>
              {[decision === 'approved' ? t.approvedBy(userName) : t.refusedBy(userName), note]
                .filter(Boolean)
                .join(' · ')}
            </List.Item>
          ))}
          {waitsFor.map(({ by, above }) => (
            <List.Item key={`${by} ${above?.amount ?? ''}`}>
              {t[by]} ({above === null ? t.overBudget : t.above(format.money(above))})
            </List.Item>
          ))}
        </List>
        {state === 'waiting' && (
          <>
            <Text size="sm" c="dimmed">
              {t.until(format.dateTime(expiresAt))}
            </Text>
            <AnchorLink to="/approvals" size="sm">
              {t.toApprovals}
            </AnchorLink>
          </>
        )}
      </Stack>
    </Section>
  );
}

/** For whoever placed the order; the page is told by its events. */
function Withdraw({ approval: { id, requesterId } }: { readonly approval: Approval }) {
  const t = useTexts(awaitedTexts);
  const { data: session } = useQuery(sessionQuery);
  const { mutate, isPending, error } = useMutation({ mutationFn: () => withdraw(id) });
  if (session?.user.id !== requesterId) return null;
  return (
    <>
      <Button variant="default" size="xs" loading={isPending} onClick={() => mutate()}>
        {t.withdraw}
      </Button>
      {error !== null && <Failure error={error} title={t.withdraw} />}
    </>
  );
}
