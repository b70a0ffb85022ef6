"""What Spark's types are to us, and how their values are read and hashed."""

from __future__ import annotations

from pyspark.sql import types as spark

from roadworthy.adapters.sqlglot_printer import SPARK

_REALS = (spark.FloatType, spark.DoubleType, spark.DecimalType)
_TEXTS = (spark.StringType, spark.CharType, spark.VarcharType)
_TIMES = (
    spark.DateType,
    spark.TimestampType,
    spark.TimestampNTZType,
    spark.DayTimeIntervalType,
    spark.YearMonthIntervalType,
)


def logical_type(kind: spark.DataType) -> str:
    """The logical type of a type of Spark.

    >>> logical_type(spark.ShortType()), logical_type(spark.DecimalType(9, 2))
    ('integer', 'real')
    """
    if isinstance(kind, spark.BooleanType):
        return "boolean"
    if isinstance(kind, spark.IntegralType | spark.NullType):
        return "integer"  # a column of nulls only has the type that SQL gives it elsewhere
    if isinstance(kind, _REALS):
        return "real"
    if isinstance(kind, _TEXTS):
        return "text"
    return "time" if isinstance(kind, _TIMES) else "other"


def readable(schema: spark.StructType) -> str:
    """The columns as a SELECT lists them: decimals as doubles, columns of nulls as integers.

    Maps, which Spark cannot compare, are their text.

    >>> print(readable(spark.StructType().add("pay", "decimal(9,2)").add("sex", "string")))
    CAST(`pay` AS DOUBLE) AS `pay`, `sex`
    """
    return ", ".join(_readable(field) for field in schema.fields)


def digested(schema: spark.StructType) -> str:
    """A row as text that tells any two rows apart, whatever the session's zone or Java's version.

    Each value has its length before it, so that no value can pass for two.
    """
    texts = [_exact(SPARK.quote(field.name), field.dataType) for field in schema.fields]
    parts = [f"COALESCE(CONCAT(LENGTH({text}), ':', {text}), '-')" for text in texts]
    return f"CONCAT({', '.join(parts)})"


def _readable(field: spark.StructField) -> str:
    name = SPARK.quote(field.name)
    if isinstance(field.dataType, spark.DecimalType):
        return f"CAST({name} AS DOUBLE) AS {name}"
    if isinstance(field.dataType, spark.NullType):
        return f"CAST({name} AS INT) AS {name}"
    if "map<" in field.dataType.simpleString():
        return f"CAST({name} AS STRING) AS {name}"
    return name


def _exact(name: str, kind: spark.DataType) -> str:
    if isinstance(kind, _REALS):  # in base 16, which is exact; minus zero is zero
        return f"FORMAT_STRING('%a', CAST({name} AS DOUBLE) + 0e0)"
    if isinstance(kind, spark.TimestampType):
        return f"CAST(UNIX_MICROS({name}) AS STRING)"
    if isinstance(kind, spark.BinaryType):
        return f"HEX({name})"
    return f"CAST({name} AS STRING)"
