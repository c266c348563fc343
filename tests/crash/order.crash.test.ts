import { describeCrashes } from './sweep.ts';

describeCrashes('an order, when the cloud is killed with -9', ['market.order.provision', 'orchestration.stack.create']);
