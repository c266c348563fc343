import {
  Alert,
  Card,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  type MantineThemeOverride,
  Paper,
} from '@mantine/core';

/** The house's own colour, for whoever has no brand. */
export const houseColour = '#2f4bd8';

type Rgb = readonly [number, number, number];

/** Contrast with white of each of Mantine's ten shades: 6 under and on white (AA asks 4.5), 4 on the dark theme's ground. */
const contrasts = [1.06, 1.18, 1.38, 1.7, 2.3, 3.2, 4.8, 6.6, 9, 12.5];

/**
 * Ten shades of a brand's colour. Hue and saturation are the brand's; lightness is what makes texts readable, so that no
 * store can choose a colour in which its customers cannot read.
 */
export function shadesOf(hex: string): MantineColorsTuple {
  const [hue, full] = hueOf(rgbOf(hex));
  return contrasts.map((contrast, index) => {
    // Grounds are paler than what stands on them.
    const saturation = index < 3 ? full * 0.55 : full;
    let low = 0;
    let high = 1;
    for (let step = 0; step < 20; step += 1) {
      const middle = (low + high) / 2;
      if (1.05 / (luminance(fromHsl(hue, saturation, middle)) + 0.05) > contrast) low = middle;
      else high = middle;
    }
    return hexOf(fromHsl(hue, saturation, low));
  }) as unknown as MantineColorsTuple;
}

function rgbOf(hex: string): Rgb {
  const channel = (start: number) => Number.parseInt(hex.slice(start, start + 2), 16) / 255;
  return [channel(1), channel(3), channel(5)];
}

const hexOf = (rgb: Rgb) =>
  `#${rgb
    .map((part) =>
      Math.round(part * 255)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;

/** Hue in turns, and saturation, of HSL. */
function hueOf([red, green, blue]: Rgb): [number, number] {
  const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)];
  const spread = most - least;
  if (spread === 0) return [0, 0];
  const saturation = spread / (1 - Math.abs(most + least - 1));
  const sixth =
    most === red
      ? ((green - blue) / spread + 6) % 6
      : most === green
        ? (blue - red) / spread + 2
        : (red - green) / spread + 4;
  return [sixth / 6, Math.min(saturation, 1)];
}

function fromHsl(hue: number, saturation: number, lightness: number): Rgb {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const part = (offset: number) => {
    const place = (offset + hue * 12) % 12;
    return lightness - reach * Math.max(-1, Math.min(place - 3, 9 - place, 1));
  };
  return [part(0), part(8), part(4)];
}

/** Relative luminance (WCAG 2.2). */
function luminance([red, green, blue]: Rgb): number {
  const linear = (part: number) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** Mantine's theme in a brand's colour. */
export function themeOf(colour: string): MantineThemeOverride {
  return createTheme({
    colors: { brand: shadesOf(colour) },
    primaryColor: 'brand',
    primaryShade: 6,
    autoContrast: true,
    // Where black and white are read equally well.
    luminanceThreshold: 0.179,
    fontFamily: '"Inter Variable", system-ui, sans-serif',
    fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace',
    headings: { fontWeight: '650' },
    defaultRadius: 'md',
    cursorType: 'pointer',
    respectReducedMotion: true,
    components: {
      Paper: Paper.extend({ defaultProps: { bg: 'var(--card)' } }),
      // A title in the alert's own colour would miss AA on its ground.
      Alert: Alert.extend({ vars: () => ({ root: { '--alert-color': 'var(--mantine-color-text)' } }) }),
      Card: Card.extend({ defaultProps: { bg: 'var(--card)' } }),
    },
  });
}

/** Greys that are read on their ground: Mantine's own miss AA. */
export const greys: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#565d66',
    '--mantine-color-placeholder': '#6b727b',
    '--mantine-color-error': '#c0262d',
    '--mantine-color-body': '#f8f9fa',
    '--card': '#ffffff',
  },
  dark: {
    '--card': '#2a2a2d',
    '--mantine-color-anchor': 'var(--mantine-color-brand-4)',
    '--mantine-color-dimmed': '#a9adb4',
    '--mantine-color-placeholder': '#9297a0',
    '--mantine-color-error': '#ff8787',
  },
});
