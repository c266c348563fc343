import '@xterm/xterm/css/xterm.css';
import { Terminal } from '@xterm/xterm';
import { styleNonce } from '../../app/style-nonce.ts';

/** A serial line has no size: guests take the size of the terminals of old for it. */
const [columns, rows] = [80, 24];
const [smallest, largest] = [11, 18];
/** How wide a character is, of its size. */
const widthOfSize = 0.62;

interface ScreenOptions {
  /** Said to whoever does not see that this is a terminal. */
  readonly label: string;
  readonly tooMuchOutput: string;
  readonly onText: (text: string) => void;
  /** Ctrl+M: the way out, since Tab is the guest's. */
  readonly onLeave: () => void;
}

/** Puts a terminal of 80 columns and 24 rows into that place, as large as the place is wide. */
export function openScreen(place: HTMLElement, { label, tooMuchOutput, onText, onLeave }: ScreenOptions): Terminal {
  Terminal.strings.promptLabel = label;
  Terminal.strings.tooMuchOutput = tooMuchOutput;
  const style = getComputedStyle(place);
  const terminal = new Terminal({
    ...{ cols: columns, rows, scrollback: 5_000, screenReaderMode: true, cursorBlink: false },
    fontFamily: style.getPropertyValue('--mantine-font-family-monospace'),
    fontSize: fittingSize(place.clientWidth),
    theme: { background: '#14161a', foreground: '#d9dce1', cursor: '#d9dce1', selectionBackground: '#4b5563' },
  });
  terminal.attachCustomKeyEventHandler((event) => {
    if (!(event.ctrlKey && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'm')) return true;
    event.preventDefault();
    if (event.type === 'keydown') onLeave();
    return false;
  });
  terminal.onData(onText);
  terminal.open(place);
  allowStyles(place);
  return terminal;
}

/** In pixels: as large as lets all columns be seen, within what can be read. */
function fittingSize(width: number): number {
  return Math.max(smallest, Math.min(largest, Math.floor(width / (columns * widthOfSize))));
}

/** xterm.js writes style elements that the page's policy lets stand only with its nonce, and cannot be told it. */
function allowStyles(place: HTMLElement): void {
  for (const element of place.querySelectorAll('style')) {
    element.nonce = styleNonce;
    // The policy is asked when the text is written.
    element.textContent = `${element.textContent}`;
  }
}
