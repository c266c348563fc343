export * from './api/price.ts';
export * from './domain/calendar.ts';
export * from './domain/plan.ts';
export * from './domain/rate.ts';
export * from './domain/vat.ts';
export * from './texts.ts';
