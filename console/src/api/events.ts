import { useEffect, useEffectEvent } from 'react';
import { queryClient } from '../app/queries.ts';
import { sessionQuery } from './session.ts';

/**
 * Hears server-sent events while the page is looked at: a hidden tab lets its connection go, and is told what it has missed
 * when it comes back. A refusal has the session looked at again.
 */
export function useEvents(path: string, handlers: Readonly<Record<string, (data: unknown) => void>>): void {
  const names = Object.keys(handlers).join();
  const tell = useEffectEvent((name: string, data: unknown) => handlers[name]?.(data));

  useEffect(() => {
    let source: EventSource | undefined;
    let last = '';

    function open(): void {
      const query = last === '' ? '' : `?lastEventId=${encodeURIComponent(last)}`;
      source = new EventSource(`${path}${query}`);
      for (const name of names.split(',')) {
        source.addEventListener(name, ({ data, lastEventId }: MessageEvent<string>) => {
          last = lastEventId;
          tell(name, JSON.parse(data));
        });
      }
      source.addEventListener('error', ({ target }) => {
        const refused = (target as EventSource).readyState === EventSource.CLOSED;
        if (refused) void queryClient.invalidateQueries(sessionQuery);
      });
    }

    function look(): void {
      const visible = document.visibilityState === 'visible';
      if (visible && source === undefined) open();
      if (visible || source === undefined) return;
      source.close();
      source = undefined;
    }

    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      source?.close();
    };
  }, [path, names]);
}
