"""
Merging two records into one, and taking it back at any later time.

The survivor keeps its key and number, takes the values chosen from the absorbed one and everything that points at it;
the absorbed one lies in the bin and leads to the survivor. ``links`` finds what points at records of a type,
``operations`` merges and takes back, ``queries`` lays two records side by side.
"""
