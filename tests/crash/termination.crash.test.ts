import { describeCrashes } from './sweep.ts';

describeCrashes('a termination, when the cloud is killed with -9', [
  'market.subscription.terminate',
  'orchestration.stack.delete',
]);
