/** The bridge of guests, which OVN programs. */
export const integrationBridge = 'br-int';

/** The bridge to the outside. */
export const externalBridge = 'br-ex';
