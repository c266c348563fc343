import { beforeOpenStack } from '../harness/market-places.ts';
import { describeSale } from '../harness/sale.ts';

describeSale('by a market alone, in front of real OpenStack', beforeOpenStack);
