import { badRequest } from '../../../kernel/base/errors.ts';

const custom = /^CUSTOM_[A-Z0-9_]+$/;
const any = /^[A-Z0-9_]+$/;
const longest = 255;

/** Whether it is the name of a resource class or trait that an administrator may make. */
export function isCustomName(name: string): boolean {
  return name.length <= longest && custom.test(name);
}

/** 400 for a name that nothing can have. */
export function checkName(what: 'resource class' | 'trait', name: string): void {
  if (name.length > longest || !any.test(name)) throw badRequest(`Invalid ${what} name: ${name.slice(0, 64)}.`);
}

/** 400 for a name that cannot be made. */
export function checkCustomName(what: 'resource class' | 'trait', name: string): void {
  if (!isCustomName(name)) {
    throw badRequest(
      `The ${what} ${name.slice(0, 64)} is not valid: it must begin with CUSTOM_ and use A-Z, 0-9 and _ only.`,
    );
  }
}
