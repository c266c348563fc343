import { Fault } from '../../../kernel/base/errors.ts';

/** A lookup's answer, or undefined where the thing is not there. */
export async function found<T>(lookup: Promise<T>): Promise<T | undefined> {
  try {
    return await lookup;
  } catch (error) {
    if (error instanceof Fault && error.code === 'notFound') return undefined;
    throw error;
  }
}

/**
 * Asks for a removal: false, to be asked again, while something else still uses the thing (409), such as the port of a
 * server that is going away.
 */
export async function removed(removal: () => Promise<unknown>): Promise<boolean> {
  try {
    await removal();
    return true;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.code === 'notFound') return true;
    if (error.code === 'conflict') return false;
    throw error;
  }
}
