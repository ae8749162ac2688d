module layerscope.test/gotar

go 1.21
