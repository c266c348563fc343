/** The marks that the API takes (API reference, `dscp_mark`): the classes of RFC 2474, 2597, 3246 and 5865. */
export const dscpMarks = [
  0, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 44, 46, 48, 56,
] as const;

export function isDscpMark(mark: number): boolean {
  return dscpMarks.some((each) => each === mark);
}
