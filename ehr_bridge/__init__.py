"""From a report to the employee's whole record, and to other systems."""
