import { Text } from '@mantine/core';

/** One bar. */
export interface Bar {
  /** Beneath it, as short as can be. */
  readonly label: string;
  readonly value: number;
  /** Said when one points at it. */
  readonly text: string;
}

interface BarChartProps {
  /** What is drawn, for whoever does not see it; the figures themselves stand in a table beside. */
  readonly label: string;
  readonly bars: readonly Bar[];
  /** The value of the highest bar, in words. */
  readonly scale: (highest: number) => string;
}

/** Bars over time. What is below zero has no bar: the table says it. */
export function BarChart({ label, bars, scale }: BarChartProps) {
  const highest = Math.max(0, ...bars.map(({ value }) => value));
  return (
    <div role="img" aria-label={label}>
      <Text size="xs" c="dimmed" className="tabular">
        {scale(highest)}
      </Text>
      <div className="bar-chart">
        {bars.map(({ label: name, value, text }) => (
          <div key={name} className="bar-chart-column" title={text}>
            <div
              className="bar-chart-bar"
              style={{ height: `${highest === 0 ? 0 : Math.max(0, value / highest) * 100}%` }}
            />
          </div>
        ))}
      </div>
      <div className="bar-chart-labels">
        {bars.map(({ label: name }) => (
          <Text key={name} c="dimmed" ta="center">
            {name}
          </Text>
        ))}
      </div>
    </div>
  );
}
