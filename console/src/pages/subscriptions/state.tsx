import type { Subscription } from '../../../../src/client/market.ts';
import { useTexts } from '../../app/language.tsx';
import { type Mood, Status } from '../../ui/status.tsx';
import { subscriptionTexts } from './texts.ts';

const moods: Record<Subscription['state'], Mood> = {
  ...{ pending: 'working', active: 'good', terminating: 'working', terminated: 'idle', failed: 'bad' },
  ...{ changing: 'working', suspending: 'working', suspended: 'idle', resuming: 'working' },
};

export function SubscriptionState({ state }: Pick<Subscription, 'state'>) {
  const t = useTexts(subscriptionTexts);
  return <Status mood={moods[state]}>{t[state]}</Status>;
}
