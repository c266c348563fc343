import type { Fault } from '../base/errors.ts';

/** A fault as an API shows it. */
export interface RenderedFault {
  readonly contentType: string;
  readonly body: string;
}

/** How a service's API speaks of faults. The status is always the fault's. */
export type FaultStyle = (fault: Fault, requestId: string) => RenderedFault;

const json = (value: unknown): RenderedFault => ({ contentType: 'application/json', body: JSON.stringify(value) });

const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
};

/** Keystone: `{ error: { code, title, message } }`. */
export const keystoneFault: FaultStyle = (fault) =>
  json({ error: { code: fault.status, title: titles[fault.status] ?? 'Error', message: fault.message } });

const novaKeys: Record<number, string> = {
  400: 'badRequest',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
  429: 'overLimit',
  501: 'notImplemented',
  503: 'serviceUnavailable',
};

/** Nova and Cinder: `{ itemNotFound: { code, message } }`. */
export const novaFault: FaultStyle = (fault) =>
  json({ [novaKeys[fault.status] ?? 'computeFault']: { code: fault.status, message: fault.message } });

/** Neutron: `{ NeutronError: { type, message, detail } }`; the type is the fault's `data.type`. */
export const neutronFault: FaultStyle = (fault) =>
  json({
    NeutronError: {
      type: String(fault.data.type ?? titles[fault.status] ?? fault.code),
      message: fault.message,
      detail: '',
    },
  });

/** Heat: `{ code, title, explanation, error: { message, type, traceback } }`. */
export const heatFault: FaultStyle = (fault) =>
  json({
    code: fault.status,
    title: titles[fault.status] ?? 'Error',
    explanation: fault.message,
    error: { message: fault.message, type: String(fault.data.type ?? fault.code), traceback: null },
  });

/** Glance: a page that clients strip of its tags, as WebOb renders it. */
export const glanceFault: FaultStyle = (fault) => {
  const title = `${fault.status} ${titles[fault.status] ?? 'Error'}`;
  const text = fault.message.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return {
    contentType: 'text/html; charset=UTF-8',
    body: `<html>\n <head>\n  <title>${title}</title>\n </head>\n <body>\n  <h1>${title}</h1>\n  ${text}<br /><br />\n </body>\n</html>`,
  };
};

/** A line of text, for programs that show what they got. */
export const plainFault: FaultStyle = (fault) => ({
  contentType: 'text/plain; charset=utf-8',
  body: `${fault.message}\n`,
});

/** `{ errors: [{ status, title, detail, code, request_id }] }`: Placement's and the API-WG's guideline. */
export const apiWgFault: FaultStyle = (fault, requestId) =>
  json({
    errors: [
      {
        status: fault.status,
        title: titles[fault.status] ?? 'Error',
        detail: fault.message,
        code: String(fault.data.code ?? 'placement.undefined_code'),
        request_id: requestId,
      },
    ],
  });

/** RFC 9457 problem details: what our own APIs (market, box) speak. */
export const problemFault: FaultStyle = (fault, requestId) => ({
  contentType: 'application/problem+json',
  body: JSON.stringify({
    type: 'about:blank',
    title: titles[fault.status] ?? fault.code,
    status: fault.status,
    detail: fault.message,
    code: fault.code,
    requestId,
    ...fault.data,
  }),
});
