-- A small shop, with rows a person can recognise. Run as a superuser in an empty database.
SET ROLE shop_owner;
CREATE TABLE customers (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    city text NOT NULL,
    email text UNIQUE NOT NULL
);
CREATE TABLE products (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    price numeric(10, 2) NOT NULL CHECK (price > 0)
);
CREATE TABLE orders (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    customer_id integer NOT NULL REFERENCES customers,
    product_id integer NOT NULL REFERENCES products,
    quantity integer NOT NULL DEFAULT 1 CHECK (quantity > 0),
    ordered timestamptz NOT NULL
);
CREATE INDEX orders_by_time ON orders (ordered);
INSERT INTO customers (name, city, email)
SELECT first || ' ' || last, city, lower(first) || '.' || lower(last) || '@example.org'
FROM unnest(ARRAY['Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald', 'Margaret', 'Niklaus']) WITH ORDINALITY f(first, i),
     unnest(ARRAY['Stone', 'Rivers', 'Field', 'Brook', 'Hill']) WITH ORDINALITY l(last, j),
     LATERAL (SELECT (ARRAY['Zürich', 'Kraków', 'São Paulo', 'Kyōto', 'Galway'])[1 + (i + j)::int % 5]) c(city);
INSERT INTO products (name, price) VALUES
    ('Tea kettle', 34.90), ('Garden hose', 21.50), ('Rain barrel', 89.00), ('Water wheel (model)', 149.00),
    ('Copper pipe', 12.75), ('Valve, brass', 8.20), ('Sluice gate', 1250.00), ('Rubber boots', 42.00);
INSERT INTO orders (customer_id, product_id, quantity, ordered)
SELECT 1 + n * 7 % 40, 1 + n * 5 % 8, 1 + n % 4, timestamptz '2026-01-01 08:00Z' + n * interval '17 minutes'
FROM generate_series(1, 50000) n;
CREATE VIEW orders_view AS
SELECT o.id, c.name AS customer, p.name AS product, o.quantity, p.price, o.ordered
FROM orders o JOIN customers c ON c.id = o.customer_id JOIN products p ON p.id = o.product_id;
CREATE MATERIALIZED VIEW sales AS
SELECT p.name AS product, sum(o.quantity) AS pieces, sum(o.quantity * p.price) AS revenue
FROM orders o JOIN products p ON p.id = o.product_id GROUP BY p.name;
COMMENT ON TABLE orders IS 'One row a purchase';
RESET ROLE;
