-- The orders of the walk-through: 15 orders of two items each. Tables and values are shaped like those of AWS's sample
-- of a streaming ETL; the people and places are our own.

CREATE DATABASE IF NOT EXISTS orders CHARACTER SET utf8mb4;
USE orders;

CREATE TABLE `order` (
  orderId       INT NOT NULL,
  orderAmount   DECIMAL(6,2),
  orderStatus   VARCHAR(30),
  orderDateTime VARCHAR(30),
  shipToName    VARCHAR(30),
  shipToAddress VARCHAR(30),
  shipToCity    VARCHAR(30),
  shipToState   VARCHAR(30),
  shipToZip     VARCHAR(10),
  PRIMARY KEY (orderId)
) ENGINE=InnoDB;

CREATE TABLE order_item (
  orderId      INT NOT NULL,
  itemId       INT NOT NULL,
  itemQuantity INT,
  itemAmount   DECIMAL(6,2),
  itemStatus   VARCHAR(15),
  PRIMARY KEY (orderId, itemId)
) ENGINE=InnoDB;

INSERT INTO `order` VALUES
  (10000001, 300.00, 'New', '2024-03-01T09:00:00.000Z', 'Zoë Brandt', 'Lindenstraße 7', 'Bad Musterstadt', 'Hessen', '01234-0007'),
  (10000002, 300.00, 'New', '2024-03-01T09:01:00.000Z', 'Zoë Brandt', 'Lindenstraße 7', 'Bad Musterstadt', 'Hessen', '01234-0007'),
  (10000003, 300.00, 'New', '2024-03-01T09:02:00.000Z', 'Zoë Brandt', 'Lindenstraße 7', 'Bad Musterstadt', 'Hessen', '01234-0007'),
  (10000004, 300.00, 'New', '2024-03-01T09:03:00.000Z', 'Zoë Brandt', 'Lindenstraße 7', 'Bad Musterstadt', 'Hessen', '01234-0007'),
  (10000005, 300.00, 'New', '2024-03-01T09:04:00.000Z', 'Zoë Brandt', 'Lindenstraße 7', 'Bad Musterstadt', 'Hessen', '01234-0007'),
  (10000006, 300.00, 'New', '2024-03-01T09:05:00.000Z', 'Zoë Brandt', 'Lindenstraße 7', 'Bad Musterstadt', 'Hessen', '01234-0007'),
  (10000007, 300.00, 'New', '2024-03-01T09:06:00.000Z', 'Zoë Brandt', 'Lindenstraße 7', 'Bad Musterstadt', 'Hessen', '01234-0007'),
  (10000008, 300.00, 'New', '2024-03-01T09:07:00.000Z', 'Zoë Brandt', 'Lindenstraße 7', 'Bad Musterstadt', 'Hessen', '01234-0007'),
  (10000009, 300.00, 'New', '2024-03-01T09:08:00.000Z', 'Zoë Brandt', 'Lindenstraße 7', 'Bad Musterstadt', 'Hessen', '01234-0007'),
  (10000010, 300.00, 'New', '2024-03-01T09:09:00.000Z', 'Zoë Brandt', 'Lindenstraße 7', 'Bad Musterstadt', 'Hessen', '01234-0007'),
  (10000011, 300.00, 'New', '2024-03-01T09:10:00.000Z', 'Zoë Brandt', 'Lindenstraße 7', 'Bad Musterstadt', 'Hessen', '01234-0007'),
  (10000012, 300.00, 'New', '2024-03-01T09:11:00.000Z', 'Zoë Brandt', 'Lindenstraße 7', 'Bad Musterstadt', 'Hessen', '01234-0007'),
  (10000013, 300.00, 'New', '2024-03-01T09:12:00.000Z', 'Zoë Brandt', 'Lindenstraße 7', 'Bad Musterstadt', 'Hessen', '01234-0007'),
  (10000014, 300.00, 'New', '2024-03-01T09:13:00.000Z', 'Zoë Brandt', 'Lindenstraße 7', 'Bad Musterstadt', 'Hessen', '01234-0007'),
  (10000015, 300.00, 'New', '2024-03-01T09:14:00.000Z', 'Zoë Brandt', 'Lindenstraße 7', 'Bad Musterstadt', 'Hessen', '01234-0007');

INSERT INTO order_item VALUES
  (10000001, 999900001, 10, 100.00, 'Picked'),
  (10000001, 999900002, 20, 200.00, 'Picked'),
  (10000002, 999900003, 10, 100.00, 'Picked'),
  (10000002, 999900004, 20, 200.00, 'Picked'),
  (10000003, 999900005, 10, 100.00, 'Picked'),
  (10000003, 999900006, 20, 200.00, 'Picked'),
  (10000004, 999900007, 10, 100.00, 'Picked'),
  (10000004, 999900008, 20, 200.00, 'Picked'),
  (10000005, 999900009, 10, 100.00, 'Picked'),
  (10000005, 999900010, 20, 200.00, 'Picked'),
  (10000006, 999900011, 10, 100.00, 'Picked'),
  (10000006, 999900012, 20, 200.00, 'Picked'),
  (10000007, 999900013, 10, 100.00, 'Picked'),
  (10000007, 999900014, 20, 200.00, 'Picked'),
  (10000008, 999900015, 10, 100.00, 'Picked'),
  (10000008, 999900016, 20, 200.00, 'Picked'),
  (10000009, 999900017, 10, 100.00, 'Picked'),
  (10000009, 999900018, 20, 200.00, 'Picked'),
  (10000010, 999900019, 10, 100.00, 'Picked'),
  (10000010, 999900020, 20, 200.00, 'Picked'),
  (10000011, 999900021, 10, 100.00, 'Picked'),
  (10000011, 999900022, 20, 200.00, 'Picked'),
  (10000012, 999900023, 10, 100.00, 'Picked'),
  (10000012, 999900024, 20, 200.00, 'Picked'),
  (10000013, 999900025, 10, 100.00, 'Picked'),
  (10000013, 999900026, 20, 200.00, 'Picked'),
  (10000014, 999900027, 10, 100.00, 'Picked'),
  (10000014, 999900028, 20, 200.00, 'Picked'),
  (10000015, 999900029, 10, 100.00, 'Picked'),
  (10000015, 999900030, 20, 200.00, 'Picked');
