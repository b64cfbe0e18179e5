"""tables.py: the small tables that the programs share."""
import datetime
import decimal

PEOPLE = [(1, "Ann", "north", 34, 1200.5), (2, "Bob", "south", None, 800.0), (3, "Cid", "north", 51, None),
          (4, "Dee", None, 27, 950.25), (5, "Eve", "south", 34, 1200.5), (6, None, "west", 19, 400.0)]
ORDERS = [(10, 1, "2024-01-05", "12.50"), (11, 1, "2024-02-01", "7.00"), (12, 3, "2024-02-01", "99.99"), (13, 5, "2024-03-09", "0.01"),
          (14, 9, "2024-03-10", "5.00"), (15, None, "2024-03-11", "1.00")]


def people(spark):
    return spark.createDataFrame(PEOPLE, "id INT, name STRING, region STRING, age INT, pay DOUBLE")


def orders(spark):
    rows = [(key, person, datetime.date.fromisoformat(day), decimal.Decimal(price)) for key, person, day, price in ORDERS]
    return spark.createDataFrame(rows, "order_id INT NOT NULL, person INT, day DATE, price DECIMAL(10,2)")


def sales(spark):
    rows = [(year, quarter, product, year % 100 * quarter + len(product)) for year in (2022, 2023) for quarter in (1, 2, 3, 4)
            for product in ("tea", "coffee") if (quarter, product) != (3, "tea")]
    return spark.createDataFrame(rows, "year INT, quarter INT, product STRING, amount INT")
