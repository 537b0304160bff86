<div class="jeg_sidebar jeg_sticky_sidebar col-md-4">
	<div class="widget widget_jnews_module_block_21"><?php jnews_block( get_posts( array( 'numberposts' => 4 ) ), 21, 'sm', 'Trending News' ); ?></div>
	<div class="widget widget_text"><div class="textwidget"><p>The post <a href="https://elsewhere.example/2020/01/01/sidebar/">A thing beside the news</a> appeared first on <a href="https://elsewhere.example/">Elsewhere</a>.</p></div></div>
</div>
