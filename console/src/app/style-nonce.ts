/** What lets a style element that is written while the page runs stand before the page's policy. */
export const styleNonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? '';
