import { Document, isCollection, visit } from 'yaml';
import { contractsOf } from '../../kernel/http/openapi.ts';
import { routingTables } from './routing-tables.ts';

const heading = ' Generated from the routing tables by `npm run contracts`; a change here is a change of the API.';
const lineWidth = 120;
/** What fits into a line is written in one. */
const inline = 90;

/** What belongs into `contracts/`, by file name. */
export function contractFiles(): Map<string, string> {
  const contracts = routingTables().flatMap(contractsOf);
  return new Map(contracts.map(({ name, document }) => [`${name}.yaml`, yamlOf(document)]));
}

function yamlOf(value: object): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  document.commentBefore = heading;
  visit(document, {
    Collection(_key, node) {
      if (JSON.stringify(isCollection(node) ? node.toJSON() : node).length > inline) return undefined;
      node.flow = true;
      return visit.SKIP;
    },
  });
  return document.toString({ lineWidth, flowCollectionPadding: true });
}
