import http from 'k6/http';
import { check } from 'k6';

// Twice what the busiest day of last year brought.
export const options = {
  scenarios: { pages: { executor: 'constant-arrival-rate', rate: 400, timeUnit: '1s', duration: '5m', preAllocatedVUs: 200 } },
  thresholds: { http_req_failed: ['rate<0.001'], http_req_duration: ['p(99)<500'] },
};

export default function () {
  check(http.get(`${__ENV.STOREFRONT}/`), { answered: (r) => r.status === 200 });
}
