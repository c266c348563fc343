import { badRequest } from '../../../kernel/base/errors.ts';

const stackName = /^[a-zA-Z][a-zA-Z0-9_.-]{0,254}$/;

/** Throws a 400 unless the name is one that Heat takes. */
export function checkStackName(name: string): void {
  if (!stackName.test(name)) {
    throw badRequest(
      `Invalid stack name ${name.slice(0, 100)}: it must start with a letter, hold only letters, digits, "_", "." and "-", and have at most 255 characters.`,
      { data: { type: 'StackValidationFailed' } },
    );
  }
}

/** The name of what a resource makes when the template gives none; fits in 63 characters (a host name). */
export function physicalName(stack: string, resource: string, id: string): string {
  const suffix = `-${id.replaceAll('-', '').slice(-12)}`;
  return `${`${stack}-${resource}`.slice(0, 63 - suffix.length)}${suffix}`;
}
