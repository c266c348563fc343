import { Alert, Button, Container, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ApiError } from '../../api/http.ts';
import { windowQuery } from '../../api/market.ts';
import { type SignIn, signIn } from '../../api/session.ts';
import { Brand } from '../../app/brand.tsx';
import { useTexts } from '../../app/language.tsx';
import { Preferences } from '../../app/preferences.tsx';
import { queryClient } from '../../app/queries.ts';
import { Failure } from '../../ui/failure.tsx';
import { signInTexts } from './texts.ts';

const domainKey = 'andromede.domain';

/** The way in: organisation, name and password, as Keystone knows them. */
export function SignInPage() {
  const t = useTexts(signInTexts);
  const { data: window } = useQuery(windowQuery);
  const brand = window?.brand.name ?? 'Andromède';
  const enter = useMutation({
    mutationFn: signIn,
    onSuccess(session, { domain }) {
      localStorage.setItem(domainKey, domain);
      queryClient.setQueryData(['session'], session);
    },
  });
  useEffect(() => {
    document.title = `${t.title} · ${brand}`;
  }, [t, brand]);

  function submit(form: FormData): void {
    const text = (name: keyof SignIn) => String(form.get(name) ?? '');
    enter.mutate({ domain: text('domain').trim(), user: text('user').trim(), password: text('password') });
  }

  return (
    <Container size={440} py={{ base: 'md', sm: 64 }} component="main">
      <Group justify="space-between" mb="xl">
        <Brand window={window ?? null} />
        <Group gap={4}>
          <Preferences />
        </Group>
      </Group>
      <Paper withBorder radius="lg" p={{ base: 'lg', sm: 'xl' }} shadow="xs">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            submit(new FormData(event.currentTarget));
          }}
        >
          <Stack>
            <div>
              <Title order={1} size="h2">
                {t.title}
              </Title>
              <Text c="dimmed">{t.lead(brand)}</Text>
            </div>
            {enter.error !== null && <Refusal error={enter.error} />}
            <TextInput
              name="domain"
              label={t.domain}
              description={t.domainHint}
              defaultValue={localStorage.getItem(domainKey) ?? 'Default'}
              autoComplete="organization"
              required
            />
            <TextInput name="user" label={t.user} autoComplete="username" autoFocus required />
            <PasswordInput name="password" label={t.password} autoComplete="current-password" required />
            <Button type="submit" loading={enter.isPending} size="md">
              {t.submit}
            </Button>
          </Stack>
        </form>
      </Paper>
    </Container>
  );
}

function Refusal({ error }: { readonly error: Error }) {
  const t = useTexts(signInTexts);
  const status = error instanceof ApiError ? error.status : undefined;
  if (status !== 401 && status !== 429) return <Failure error={error} />;
  const [title, advice] = status === 401 ? [t.wrong, t.wrongAdvice] : [t.tooMany, t.tooManyAdvice];
  return (
    <Alert color="red" variant="light" role="alert" title={title}>
      {advice}
    </Alert>
  );
}
