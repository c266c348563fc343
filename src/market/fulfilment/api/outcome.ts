import { badRequest } from '../../../kernel/base/errors.ts';
import { checkOutputs, sortOutputs } from '../domain/fulfilment.ts';
import type { End, OperationRecord } from '../store/operations.ts';
import type { fulfilmentTexts } from '../texts.ts';

/** What was promised has to be given, at the provisioning; other operations give nothing. 400 names all that is wrong. */
export function outcomeOf(
  { operation, outputs }: Pick<OperationRecord, 'operation' | 'outputs'>,
  told: Readonly<Record<string, unknown>>,
  texts: ReturnType<typeof fulfilmentTexts>,
): End {
  const promised = operation === 'provision' ? outputs : {};
  const problems = checkOutputs(promised, told);
  if (problems.length > 0) throw badRequest(texts.wrongOutputs(problems), { data: { problems } });
  return { delivered: { ...sortOutputs(promised, told), resources: [] } };
}
