// SQL that is written once for a single node and for a cluster.
/** One text for both ways to run: alone, or replicated on every node of a cluster. */
export function forTopology(sql: string, cluster: string | undefined): string {
  return sql
    .replaceAll('${ON_CLUSTER}', cluster === undefined ? '' : `ON CLUSTER '${cluster}'`)
    .replaceAll('${REPLICATED}', cluster === undefined ? '' : 'Replicated');
}
