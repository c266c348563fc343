/** Asks the cloud in which offerings run whether it would take a template. */
export interface TemplateValidator {
  /**
   * Has Heat validate the template, as the holder of `token` (scoped to `projectId`). Throws its 400, which names line
   * and key.
   */
  validateTemplate(caller: { readonly token: string; readonly projectId: string }, template: string): Promise<void>;
}
