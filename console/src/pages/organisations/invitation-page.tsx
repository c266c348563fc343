import { Alert, Button, Group } from '@mantine/core';
import { IconUserCheck, IconUserQuestion } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { organisationsQuery } from '../../api/market.ts';
import { acceptInvitation } from '../../api/organisations.ts';
import { useTexts } from '../../app/language.tsx';
import { queryClient } from '../../app/queries.ts';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { ButtonLink } from '../../ui/links.tsx';
import { Page } from '../../ui/page.tsx';
import { organisationTexts } from './texts.ts';

/** Where an invitation's link leads: its secret is behind the `#`. */
export function InvitationPage() {
  const t = useTexts(organisationTexts);
  const [secret] = useState(() => location.hash.slice(1));
  const isWhole = /^ami_[A-Za-z0-9_-]{43}$/.test(secret);
  return (
    <Page title={t.invitationTitle} {...(isWhole ? { lead: t.invitationLead } : {})}>
      {isWhole ? (
        <Accept secret={secret} />
      ) : (
        <Empty icon={<IconUserQuestion />} title={t.noSecret}>
          {t.noSecretAdvice}
        </Empty>
      )}
    </Page>
  );
}

function Accept({ secret }: { readonly secret: string }) {
  const t = useTexts(organisationTexts);
  const { data, error, isPending, mutate } = useMutation({
    mutationFn: acceptInvitation,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: organisationsQuery.queryKey.slice(0, 1) }),
  });
  if (data !== undefined) {
    return (
      <Alert
        color="teal"
        variant="light"
        icon={<IconUserCheck aria-hidden />}
        title={t.joined(data.name)}
        role="status"
      >
        <ButtonLink to="/organisations/$organisationId" params={{ organisationId: data.organisationId }} size="sm">
          {t.toOrganisation}
        </ButtonLink>
      </Alert>
    );
  }
  return (
    <>
      {error !== null && <Failure error={error} title={t.notAccepted} />}
      <Group>
        <Button loading={isPending} onClick={() => mutate(secret)}>
          {t.accept}
        </Button>
      </Group>
    </>
  );
}
