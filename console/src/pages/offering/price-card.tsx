import { Alert, Button, Paper, Stack, Text, Title } from '@mantine/core';
import { IconShoppingCart } from '@tabler/icons-react';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { order, type QuoteRequest, quoteQuery } from '../../api/market.ts';
import { sessionQuery } from '../../api/session.ts';
import { useFormat, useTexts } from '../../app/language.tsx';
import { Failure } from '../../ui/failure.tsx';
import { BookingFields, sentBooking, unbooked } from './booking.tsx';
import { offeringTexts } from './texts.ts';

interface PriceProps {
  /** What is filled in; undefined while something is missing. */
  readonly request: QuoteRequest | undefined;
  /** Whether the person buys for anybody. */
  readonly isCustomer: boolean;
  /** Whether somebody is typing: the price shown may not be the price of what is there. */
  readonly settling: boolean;
}

/** The price of what is filled in, guaranteed by a quote; the order accepts exactly that. */
export function PriceCard({ request, isCustomer, settling }: PriceProps) {
  const t = useTexts(offeringTexts);
  const format = useFormat();
  const navigate = useNavigate();
  const { data: session } = useQuery(sessionQuery);
  const quote = useQuery({
    ...quoteQuery(request),
    placeholderData: keepPreviousData,
  });
  const buy = useMutation({
    mutationFn: order,
    onSuccess: ({ id }) => navigate({ to: '/orders/$orderId', params: { orderId: id } }),
  });
  const [booking, setBooking] = useState(unbooked);
  const booked = sentBooking(booking);
  const current = quote.data;
  const ready =
    current !== undefined && request !== undefined && !settling && !quote.isPlaceholderData && !quote.isFetching;
  const project = session?.project;
  return (
    <Paper component="section" withBorder radius="lg" p="lg" style={{ position: 'sticky', top: 76 }}>
      <Stack>
        <Title order={2} size="h4">
          {t.price}
        </Title>
        {!isCustomer && (
          <Alert color="yellow" variant="light" title={t.noCustomer}>
            {t.noCustomerAdvice}
          </Alert>
        )}
        <div aria-live="polite" style={{ opacity: ready || current === undefined ? 1 : 0.55 }}>
          {current !== undefined && (
            <Stack gap={4}>
              {current.text.map((line) => (
                <Text key={line} fw={600} size="lg" className="tabular">
                  {line}
                </Text>
              ))}
              <Text size="sm" c="dimmed">
                {t.vat(format.number(Number(current.vatRate) / 100, { style: 'percent', maximumFractionDigits: 2 }))}
              </Text>
              <Text size="sm" c="dimmed">
                {t.valid(format.dateTime(current.validUntil))}
              </Text>
            </Stack>
          )}
          {current === undefined && isCustomer && (
            <Text c="dimmed">{request === undefined ? t.fillIn : quote.isFetching ? t.pricing : t.noPrice}</Text>
          )}
        </div>
        {request !== undefined && (
          <BookingFields organisationId={request.organisationId} booking={booking} onChange={setBooking} />
        )}
        {quote.error !== null && <Failure error={quote.error} title={t.noPrice} />}
        {buy.error !== null && <Failure error={buy.error} title={t.failed} />}
        <Button
          size="md"
          disabled={!ready || project == null || booked === undefined}
          loading={buy.isPending}
          leftSection={<IconShoppingCart size={18} aria-hidden />}
          onClick={() => current && booked && buy.mutate({ quoteId: current.id, ...booked })}
        >
          {t.order}
        </Button>
        {isCustomer && (
          <Text size="sm" c="dimmed">
            {project == null ? t.noProject : t.into(project.name)}
          </Text>
        )}
      </Stack>
    </Paper>
  );
}
