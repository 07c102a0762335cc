/** How rollouts beside Flagger are measured, for the page. */
export const ROLLOUT_NOTE = `Both run in one session on a real API server with Traefik and Prometheus, each in its namespace, in turns: a change of
the image under 60 requests a second; interval 10 s, steps of 10 to 50, three failed checks, windows of 20 s. A good version is
promoted; of a bad one 30 % of the answers are 500. Medians, but lost requests, which are all that were lost in any rollout.
Seconds count from the change of the image; those of a rollback from the status with the third failed check to a route that
leads to the primary alone.`;
