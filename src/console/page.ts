import { randomBytes } from 'node:crypto';
import { preferredLanguage } from '../kernel/base/i18n.ts';
import { Reply } from '../kernel/http/index.ts';

/** What of `console/index.html` each answer fills in. */
const languageMark = '<html lang="fr">';
const nonceMark = '__NONCE__';

/**
 * The one page of the console, in the reader's language. Only its own scripts run (no inline script, no `eval`), only this
 * origin is asked, nobody may frame it; the nonce lets Mantine write its variables into a style element.
 */
export function renderPage(page: string, acceptLanguage: string | undefined): Reply {
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
  return new Reply({
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy,
      'Cache-Control': 'no-store',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      Vary: 'Accept-Language',
    },
    body: page.replaceAll(nonceMark, nonce).replace(languageMark, `<html lang="${preferredLanguage(acceptLanguage)}">`),
  });
}
