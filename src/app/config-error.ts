/** Something that whoever runs a command can put right, in their words: what is wrong, where, and what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
