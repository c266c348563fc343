-- W3C's traceparent of what started the workflow, so that all that it does, whenever and wherever, is in one trace.
alter table kernel.workflow add column traceparent text;
