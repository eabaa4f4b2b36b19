-- All of the third way: no outbox, no relay of one's own.
SELECT switchyard.add_queue('orders', 'shop.orders', workflow => 'processOrder', task_queue => 'replace-your-outbox',
  workflow_id => 'order-{id}', input => $$jsonb_build_object('id', NEW.id::text, 'cents', NEW.cents)$$);
