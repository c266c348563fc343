/** As much of noVNC (docs/API.md of its repository) as the screen's page uses. */
declare module '@novnc/novnc' {
  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, url: string);
    scaleViewport: boolean;
    focusOnClick: boolean;
    sendCtrlAltDel(): void;
    disconnect(): void;
    focus(): void;
  }
}
