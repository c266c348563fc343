import { type RunningServer, type ServeOptions, serve } from '../serve.ts';
import { composeMarket, marketContexts } from './compose.ts';
import type { MarketSettings } from './settings.ts';

/** Starts a market alone; resolves when it answers. */
export function startMarket(settings: MarketSettings, options?: ServeOptions): Promise<RunningServer> {
  return serve(settings, marketContexts, async (deps) => composeMarket(settings, deps), options);
}
