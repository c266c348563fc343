/** The process of a market alone: started by the host process, unprivileged, told by `ANDROMEDE_CONFIG` where everything is. */
import { flushCompileCache } from 'node:module';
import { loadSettings } from '../api-settings.ts';
import { closeOnSignal } from '../serve.ts';
import type { MarketSettings } from './settings.ts';
import { startMarket } from './start.ts';

const market = await startMarket(loadSettings<MarketSettings>());
flushCompileCache();
closeOnSignal(market);
