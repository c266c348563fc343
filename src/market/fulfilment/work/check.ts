import type { Context } from '../../../kernel/access/context.ts';
import { badRequest, conflict, Fault } from '../../../kernel/base/errors.ts';
import type { PartnersApi } from '../../partners/index.ts';
import type { BrokerFulfilment, Fulfilment } from '../domain/fulfilment.ts';
import type { TemplateValidator } from '../ports.ts';
import type { Endpoint } from '../store/endpoints.ts';
import { fulfilmentTexts } from '../texts.ts';
import type { BrokerCall } from './broker.ts';

interface Deps {
  readonly partners: PartnersApi;
  readonly templates: TemplateValidator;
  readonly broker: BrokerCall;
  readonly endpoint: (id: string) => Promise<Endpoint>;
}

interface Wanted {
  readonly publisherId: string;
  readonly fulfilment: Fulfilment;
  /** The publisher's, for Heat to check the template with. */
  readonly token: string;
}

/** Whether somebody can fulfil that: the template is taken, the endpoint is the publisher's own, the broker has the plan. */
export async function checkFulfilment(deps: Deps, context: Context, wanted: Wanted): Promise<void> {
  const { publisherId, fulfilment, token } = wanted;
  const texts = fulfilmentTexts(context.language);
  if (fulfilment.kind === 'heat') {
    if (context.projectId === null) throw new Fault('forbidden', texts.needsProject);
    return deps.templates.validateTemplate({ token, projectId: context.projectId }, fulfilment.template);
  }
  if (fulfilment.kind === 'task') {
    const assignee = await deps.partners.peek(fulfilment.assigneeId ?? publisherId);
    const may = assignee?.id === publisherId || assignee?.roles.includes('integrator');
    if (!may) throw badRequest(texts.noIntegrator(fulfilment.assigneeId ?? publisherId));
    return;
  }
  const endpoint = await deps.endpoint(fulfilment.endpointId);
  if (endpoint.publisherId !== publisherId || endpoint.kind !== fulfilment.kind) {
    throw badRequest(texts.endpointNotFound(fulfilment.endpointId));
  }
  if (fulfilment.kind === 'broker') await checkCatalogue(deps, context, fulfilment);
}

interface CatalogueService {
  readonly id?: unknown;
  readonly bindable?: unknown;
  readonly plans?: readonly { readonly id?: unknown; readonly bindable?: unknown }[];
}

async function checkCatalogue(deps: Deps, context: Context, fulfilment: BrokerFulfilment): Promise<void> {
  const texts = fulfilmentTexts(context.language);
  const { status, json } = await deps.broker(fulfilment.endpointId, 'GET', '/v2/catalog');
  if (status !== 200 || !Array.isArray(json?.services)) throw conflict(texts.noCatalogue(status));
  const services = json.services as readonly CatalogueService[];
  const service = services.find(({ id }) => id === fulfilment.serviceId);
  if (service === undefined) throw badRequest(texts.noService(fulfilment.serviceId));
  for (const planId of [fulfilment.planId, ...Object.values(fulfilment.planIds ?? {})]) {
    const plan = service.plans?.find(({ id }) => id === planId);
    if (plan === undefined) throw badRequest(texts.noBrokerPlan(planId));
    if (fulfilment.bind && (plan.bindable ?? service.bindable) !== true) throw badRequest(texts.notBindable(planId));
  }
}
