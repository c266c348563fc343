import { alone, inOurCloud } from '../harness/market-places.ts';
import { describeSale } from '../harness/sale.ts';

describeSale('on a whole cloud', inOurCloud);
describeSale('by a market alone, in front of a cloud in another process', alone);
